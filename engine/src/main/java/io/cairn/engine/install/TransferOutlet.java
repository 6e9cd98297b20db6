package io.cairn.engine.install;

import org.agrona.DirectBuffer;

/** Where messages of a transfer go. */
@FunctionalInterface
public interface TransferOutlet {
    /**
     * Send one message, or not.
     *
     * @param message addressed by its {@code to}.
     * @param data    that goes with it.
     * @param offset  of the data.
     * @param length  of the data, 0 for none.
     * @return false when it was not taken (no connection, no room): try again later.
     */
    boolean send(TransferMessage message, DirectBuffer data, int offset, int length);
}
