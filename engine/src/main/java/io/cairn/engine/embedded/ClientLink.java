package io.cairn.engine.embedded;

import io.cairn.engine.pipeline.ClientChannel;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;

import java.util.function.BooleanSupplier;

/**
 * What ties a client to its engine.
 *
 * @param ingress     shared ring to the Sequencer.
 * @param channel     this client's reply ring.
 * @param inFlightMax window of this client.
 * @param isOpen      false once the engine takes no more requests.
 * @param hasEnded    true once the engine's agents have stopped, so that no answer follows.
 * @param onIngress   after a request was written: wakes a parked Sequencer, or nothing.
 * @param driver      before replies are read: does the engine's work in invoker mode, or nothing.
 * @param onClose     gives the channel back.
 */
public record ClientLink(
    ManyToOneRingBuffer ingress,
    ClientChannel channel,
    int inFlightMax,
    BooleanSupplier isOpen,
    BooleanSupplier hasEnded,
    Runnable onIngress,
    Runnable driver,
    Runnable onClose) {
}
