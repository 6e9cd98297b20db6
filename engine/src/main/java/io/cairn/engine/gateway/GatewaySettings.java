package io.cairn.engine.gateway;

import io.cairn.engine.client.Authenticator;
import org.agrona.concurrent.NanoClock;

import java.util.function.LongSupplier;

/**
 * How a member serves the clients of other processes.
 *
 * @param memberId           of the member.
 * @param identity           of its cluster, 0 while there is none; asked on the Sequencer's thread.
 * @param channel            that it listens on.
 * @param streamId           that it listens on.
 * @param isSharedMemory     clients are inside the same media driver.
 * @param inFlightMax        requests that one client may leave unanswered.
 * @param connectionsMax     clients at once.
 * @param requestBytesMax    longest payload of a request.
 * @param responseTermLength bytes of a term buffer towards a client.
 * @param mtuLength          bytes of a datagram towards a client.
 * @param timeoutNs          silence after which a client counts as gone; half of it without reading does the same.
 * @param authenticator      null where everyone may come in.
 * @param adminHandler       null where nothing is administered.
 * @param engineHandler      answers for the engine itself.
 * @param clock              monotonic.
 */
public record GatewaySettings(
    int memberId,
    LongSupplier identity,
    String channel,
    int streamId,
    boolean isSharedMemory,
    int inFlightMax,
    int connectionsMax,
    int requestBytesMax,
    int responseTermLength,
    int mtuLength,
    long timeoutNs,
    Authenticator authenticator,
    AdminHandler adminHandler,
    AdminHandler engineHandler,
    NanoClock clock) {
    long clusterId() {
        return identity.getAsLong();
    }
}
