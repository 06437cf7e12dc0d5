"""Two machines train one model: start this on both, each with its TF_CONFIG in the environment.

    python two_workers.py SEED

Prints, as one line of JSON, the loss of every step and what Keras's `fit` said when it was tried.
"""

import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import tensorflow as tf
from keras import layers

from blocks import SkipConnection, conv_block, pooling_block
from blocks.teaching import data

BATCH = 64  # images in one step, on all workers together
LOSS = keras.losses.SparseCategoricalCrossentropy


def classifier(x, normalization="layer"):
    """Images to ten scores, one for each digit."""

    def conv(filters, name):
        return conv_block(filters, normalization=normalization, name=name)

    x = conv(16, "stem")(x)  # (B, 8, 8, 1) → (B, 8, 8, 16)
    x = SkipConnection(conv([16, 16], "branch"), name="stage")(x)  # (B, 8, 8, 16)
    x = pooling_block(2, name="pool")(x)  # (B, 4, 4, 16)
    x = conv(32, "wide")(x)  # (B, 4, 4, 32)
    x = pooling_block(None, mode="average", name="mean")(x)  # (B, 32)
    return layers.Dense(10, name="scores")(x)  # (B, 10)


def new_model(seed, normalization="layer"):
    """The classifier with the initial weights of this seed."""
    keras.utils.set_random_seed(seed)
    image = keras.Input((8, 8, 1), name="image")
    return keras.Model(image, classifier(image, normalization), name="classifier")


def train(strategy, make_model, steps=40):
    """Trains a model under a strategy, and returns the loss of every step."""
    (x, y), _ = data.digits()
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH, drop_remainder=True)
    batches = iter(strategy.experimental_distribute_dataset(batches.repeat()))
    with strategy.scope():  # each replica gets its copy of what is made here
        model = make_model()
        optimizer = keras.optimizers.Adam(0.003)
        optimizer.build(model.trainable_variables)
    loss_sum = LOSS(from_logits=True, reduction="sum")

    def one_replica(images, labels):
        with tf.GradientTape() as tape:
            loss = loss_sum(labels, model(images, training=True)) / BATCH  # its part of the mean
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)  # adds them up over all replicas
        return loss

    @tf.function
    def step(batch):
        return strategy.reduce("SUM", strategy.run(one_replica, args=batch), axis=None)

    return [float(step(next(batches))) for _ in range(steps)]


def try_fit(strategy, seed):
    """The first line of the error that `fit` stops with, or None."""
    (x, y), _ = data.digits()
    with strategy.scope():
        model = new_model(seed)
        model.compile("sgd", LOSS(from_logits=True))
    try:
        model.fit(x[:BATCH], y[:BATCH], batch_size=BATCH, verbose=0)
    except ValueError as error:
        return str(error).splitlines()[0]


def main():
    seed = int(sys.argv[1])
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    losses = train(strategy, lambda: new_model(seed))
    print(json.dumps({"losses": losses, "fit": try_fit(strategy, seed)}))


if __name__ == "__main__":
    main()
