package io.cairn.bench.torture;

import io.cairn.engine.history.Operation;

import java.util.ArrayList;
import java.util.List;

/**
 * What one client asked and was told, and how long it waited at most. Owner: the client's thread; read when that has ended.
 */
final class HistoryRecorder {
    private final List<Operation> operations = new ArrayList<>();
    private long lastAnswerNs = System.nanoTime();
    private long longestSilenceNs;

    void add(final Operation operation) {
        operations.add(operation);
        if (Operation.Outcome.OK == operation.outcome()) {
            longestSilenceNs = Math.max(longestSilenceNs, operation.end() - lastAnswerNs);
            lastAnswerNs = operation.end();
        }
    }

    List<Operation> operations() {
        return operations;
    }

    long longestSilenceNs() {
        return longestSilenceNs;
    }

    long count(final Operation.Outcome outcome) {
        return operations.stream().filter(operation -> outcome == operation.outcome()).count();
    }
}
