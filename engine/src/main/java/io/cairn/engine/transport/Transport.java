package io.cairn.engine.transport;

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
     * Who the members are and where. Links to members that are new are made; links to members that left are given up.
     *
     * @param configuration in force.
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
