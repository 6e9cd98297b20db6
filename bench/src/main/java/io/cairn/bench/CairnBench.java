package io.cairn.bench;

import io.cairn.bench.cli.CommandLines;

/**
 * Entry point of {@code cairn-bench}. Exit code 0: done; 1: failed, one line on standard error says why; 2: the command line does not parse.
 */
public final class CairnBench {
    private CairnBench() {
    }

    /**
     * Runs a command and exits.
     *
     * @param args as typed.
     */
    public static void main(final String[] args) {
        Thread.currentThread().setName("load-generator");
        System.exit(CommandLines.create().execute(args));
    }
}
