package io.cairn.engine.remote;

import io.cairn.engine.client.Authenticator;
import io.cairn.engine.client.ReadFrom;

import java.util.List;

/**
 * How a client of another process reaches its cluster.
 *
 * @param targets        where members are: HOST:PORT, or the number of a member over shared memory.
 * @param isSharedMemory members are inside the same media driver.
 * @param clusterId      the cluster that is meant; 0 for any.
 * @param authenticator  null where no secret is known.
 * @param timeoutNs      how long a request is tried.
 * @param livenessNs     silence after which a member counts as gone.
 * @param inFlightMax    requests that one client may leave unanswered.
 * @param bufferLength   bytes of the rings of one client, a power of two.
 * @param termLength     bytes of a term buffer towards a member; an eighth of it is the longest request.
 * @param mtuLength      bytes of a datagram.
 * @param readFrom       who answers queries.
 */
public record RemoteSettings(
    List<String> targets,
    boolean isSharedMemory,
    long clusterId,
    Authenticator authenticator,
    long timeoutNs,
    long livenessNs,
    int inFlightMax,
    int bufferLength,
    int termLength,
    int mtuLength,
    ReadFrom readFrom) {
}
