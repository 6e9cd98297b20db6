package io.cairn.engine.client;

/**
 * What became of a {@link WriteBatch}.
 *
 * @param isApplied       true when all operations took effect, false when a condition did not hold and nothing changed.
 * @param index           log index of the batch.
 * @param failedCondition position of the first condition that did not hold, from 0 in the order of adding; −1 when applied.
 */
public record BatchResult(boolean isApplied, long index, int failedCondition) {
}
