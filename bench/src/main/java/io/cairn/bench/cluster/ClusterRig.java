package io.cairn.bench.cluster;

import io.cairn.engine.CairnClient;

/**
 * A cluster that was started for a measurement, and a client of it. One thread.
 */
public interface ClusterRig extends AutoCloseable {
    /**
     * The client of the generator's thread; its work is done by whoever polls one of its clients.
     *
     * @return the client, connected.
     */
    CairnClient client();

    /**
     * Between measurements: members go on by themselves, without taking much time from what is measured meanwhile.
     */
    void rest();

    /** From now on the generator's thread calls {@link #doWork()} without pause, or members have threads that do not rest. */
    void wake();

    /**
     * Gives members their turn where they have no thread.
     *
     * @return amount of work.
     */
    int doWork();

    @Override
    void close();
}
