package io.cairn.engine.transport;

import io.cairn.engine.bootstrap.Introduction;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Message;

/**
 * The network as the Sequencer sees it: messages go out where there is room, and come in when asked for. May lose, repeat, delay and reorder; never
 * blocks, never changes a message unnoticed. Owner: the Sequencer's thread.
 */
public interface Transport extends AutoCloseable {
    /** Takes what arrived. */
    @FunctionalInterface
    interface Receiver {
        /**
         * A member introduced itself, one of this cluster or not.
         *
         * @param introduction valid during the call.
         */
        default void onIntroduction(final Introduction introduction) {
        }

        /**
         * One message.
         *
         * @param message valid during the call.
         * @param records that it brings; valid during the call.
         * @return false to be given the same message again at the next poll; nothing else of that stream is given before.
         */
        boolean onMessage(Message message, RecordRun records);
    }

    /**
     * Hand over what arrived.
     *
     * @param receiver takes it.
     * @param limit    most fragments to look at.
     * @return amount of work done.
     */
    int poll(Receiver receiver, int limit);

    /**
     * Send one message, or not.
     *
     * @param message addressed by its {@code to}.
     * @param records that go with it.
     * @return false when it was not taken (no connection, no room): try again in a later cycle.
     */
    boolean send(Message message, RecordRun records);

    /**
     * Say to one member who this one is, or not.
     *
     * @param introduction addressed by its {@code to}.
     * @return false when it was not taken: try again in a later cycle.
     */
    default boolean send(final Introduction introduction) {
        return true;
    }

    /** @return whether introductions are carried: only then can clusters be founded, and members be taken up. */
    default boolean introduces() {
        return false;
    }

    /**
     * Keep a link to a member that is not (yet) in the configuration: it asked for a vote, or waits to be taken up. What the configuration says of it
     * comes before.
     *
     * @param id       of the member.
     * @param endpoint where it says it is; null or empty in shared memory.
     */
    default void meet(final int id, final String endpoint) {
    }

    /**
     * The cluster is known now: messages of others are dropped.
     *
     * @param clusterId its identity.
     */
    default void belong(final long clusterId) {
    }

    /**
     * Who the members are and where. Links to members that are new are made; links to members that left are given up.
     *
     * @param configuration in force; its cluster, where it names one, is the one this member belongs to.
     */
    void reach(ClusterConfiguration configuration);

    /** @return mask of the members that messages can be sent to. */
    long reachable();

    /** @return bytes of records that fit a single message. */
    int recordsBytesMax();

    /** @return the stream of snapshots, for the Snapshotter's thread; the same one each time. */
    default TransferChannel transferChannel() {
        return TransferChannel.NONE;
    }

    /**
     * Do what must be done by the way: the driver's and the client's duty cycles, links that must be built again.
     *
     * @return amount of work done.
     */
    int doWork();

    @Override
    void close();
}
