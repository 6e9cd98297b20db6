package io.cairn.engine.pipeline;

import io.cairn.engine.raft.ClusterConfiguration;
import org.agrona.DirectBuffer;

/**
 * Where requests come from besides the ingress ring: the clients of other processes. Polled on the Sequencer's thread, so that they take no hop.
 */
public interface RequestSource extends AutoCloseable {
    /** Makes the source, once the engine's clients have a register. */
    @FunctionalInterface
    interface Factory {
        /**
         * Open it.
         *
         * @param clients where replies go.
         * @param counts  what is counted.
         * @return the source.
         */
        RequestSource open(ClientRegistry clients, PipelineCounts counts);
    }

    /** The Sequencer, as its source sees it. */
    interface Sink {
        /** @return true while commands are logged here. */
        boolean acceptsCommands();

        /** @return true while linearizable reads are served here. */
        boolean servesReads();

        /** @return the leader as far as is known, or −1. */
        int leaderId();

        /** @return who the members are. */
        ClusterConfiguration configuration();

        /**
         * One request. What becomes of it is in the client's reply ring, sooner or later.
         *
         * @param type          of the ingress ring.
         * @param clientId      whose reply ring the answer goes to.
         * @param correlationId echoed in the reply.
         * @param flags         of the ingress ring.
         * @param payloadCrc    CRC32C of the payload, verified.
         * @param buffer        with the payload.
         * @param payloadOffset of its first byte.
         * @param payloadLength in bytes.
         * @return false when it cannot be taken now: it is to be offered again, and nothing else of its client before.
         */
        boolean take(
            int type,
            int clientId,
            long correlationId,
            int flags,
            int payloadCrc,
            DirectBuffer buffer,
            int payloadOffset,
            int payloadLength);

        /**
         * Refuse a request before it was logged.
         *
         * @param clientId      whose it is.
         * @param correlationId echoed.
         * @param status        why.
         */
        void refuse(int clientId, long correlationId, int status);
    }

    /**
     * Hand over what arrived, send what was answered.
     *
     * @param sink takes the requests.
     * @return amount of work done.
     */
    int doWork(Sink sink);

    /**
     * Send what was answered since {@link #doWork}, where the Applier is on this thread: nobody waits a cycle for it.
     *
     * @return amount of work done.
     */
    int answer();

    /** Any thread: take nothing more, and let the clients have what is answered. */
    void stop();

    /** @return true, after {@link #stop}, once the clients have it, or would not take it in time. Any thread. */
    boolean isStopped();

    @Override
    void close();
}
