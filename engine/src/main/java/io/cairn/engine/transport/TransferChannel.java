package io.cairn.engine.transport;

import org.agrona.DirectBuffer;

/**
 * The stream of its own that snapshots take, as the Snapshotter sees it: messages go out where there is room, and come in when asked for. May lose,
 * repeat, delay and reorder; never blocks. Owner: the Snapshotter's thread.
 */
public interface TransferChannel {
    /** A network that carries no snapshots. */
    TransferChannel NONE = new None();

    /** Takes what arrived. */
    @FunctionalInterface
    interface Receiver {
        /**
         * One message.
         *
         * @param buffer outside the heap, valid during the call.
         * @param offset of the message.
         * @param length of the message.
         */
        void onTransfer(DirectBuffer buffer, int offset, int length);
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
     * Send one message, or not. The first one to a member asks for a connection.
     *
     * @param member     who is to get it.
     * @param prefix     first part of the message.
     * @param prefixLength of it, from 0.
     * @param data       second part.
     * @param dataOffset of it.
     * @param dataLength of it, 0 for none.
     * @return false when it was not taken (no connection, no room): try again later.
     */
    boolean send(int member, DirectBuffer prefix, int prefixLength, DirectBuffer data, int dataOffset, int dataLength);

    /**
     * Nothing will be sent to that member for a while: its connection may go.
     *
     * @param member of the cluster.
     */
    void release(int member);

    /** Carries nothing. */
    final class None implements TransferChannel {
        private None() {
        }

        @Override
        public int poll(final Receiver receiver, final int limit) {
            return 0;
        }

        @Override
        public boolean send(
            final int member,
            final DirectBuffer prefix,
            final int prefixLength,
            final DirectBuffer data,
            final int dataOffset,
            final int dataLength) {
            return false;
        }

        @Override
        public void release(final int member) {
            // There is nothing to release.
        }
    }
}
