package io.cairn.engine.transport;

import io.aeron.ChannelUriStringBuilder;
import io.cairn.engine.raft.Membership;

/**
 * Where each member is to be found: the channels and streams of Aeron. A member has ten UDP ports from its base port on; between members inside one
 * driver everything is shared memory instead, told apart by stream.
 *
 * <pre>
 *   base + 0 clients | + 1 control | + 2 log | + 3 snapshot | + 4 … + 9 reserved
 * </pre>
 *
 * <p>Owner: written before it is used, and by the Sequencer's thread where members change.
 */
public final class TransportChannels {
    /** Ports that a member may use, from its base port on. */
    public static final int PORTS = 10;

    /** Bytes of a fragment between clients and members over shared memory, where no network limits it. */
    public static final int SHARED_MEMORY_MTU = 16 * 1024;
    /** Stream of clients over UDP. */
    public static final int CLIENT_STREAM = 1_000;

    private static final int CLIENTS_PORT = 0;
    private static final int CONTROL_PORT = 1;
    private static final int LOG_PORT = 2;
    private static final int SNAPSHOT_PORT = 3;
    /** An eighth of it is longer than any message of a transfer. */
    private static final int SNAPSHOT_TERM_LENGTH = 1 << 20;
    private static final int PORT_MAX = 65_535;
    private static final int STREAM_BASE = 2_000;
    private static final int STREAMS = 10;
    private static final int TERM_SHARE = 8;

    private final String[] hosts = new String[Membership.MEMBERS_MAX];
    private final int[] ports = new int[Membership.MEMBERS_MAX];
    private final boolean ipc;
    private final int controlTermLength;
    private final int logTermLength;
    private final int mtuLength;

    /**
     * @param ipc               true for members inside one driver.
     * @param controlTermLength bytes of a term buffer of the control stream, a power of two from 64 KiB.
     * @param logTermLength     bytes of a term buffer of the log stream; an eighth of it is the longest message.
     * @param mtuLength         bytes of a datagram; the same for all members.
     */
    public TransportChannels(final boolean ipc, final int controlTermLength, final int logTermLength, final int mtuLength) {
        this.ipc = ipc;
        this.controlTermLength = controlTermLength;
        this.logTermLength = logTermLength;
        this.mtuLength = mtuLength;
    }

    /**
     * A member is to be found there.
     *
     * @param id       of the member.
     * @param endpoint HOST:PORT, the first of its ports; null where that is not known.
     * @return true when the member can be reached.
     * @throws IllegalArgumentException when the endpoint is none.
     */
    public boolean endpoint(final int id, final String endpoint) {
        if (null == endpoint) {
            return ipc || null != hosts[id];
        }
        final int colon = endpoint.lastIndexOf(':');
        final int port = colon <= 0 ? -1 : port(endpoint.substring(colon + 1));
        if (port < 1 || port > PORT_MAX - PORTS) {
            throw new IllegalArgumentException(
                "member " + id + " has the endpoint '" + endpoint + "': write HOST:PORT, with ten free ports from PORT on");
        }
        hosts[id] = endpoint.substring(0, colon);
        ports[id] = port;
        return true;
    }

    /** @return where a member was said to be; null where that is not known. */
    String endpoint(final int id) {
        return null == hosts[id] ? null : hosts[id] + ":" + ports[id];
    }

    private static int port(final String text) {
        try {
            return Integer.parseInt(text);
        } catch (final NumberFormatException ex) {
            return -1;
        }
    }

    /**
     * Where a member listens to clients.
     *
     * @param id of the member.
     * @return the channel.
     */
    public String clientsOf(final int id) {
        return channel(id, CLIENTS_PORT, logTermLength);
    }

    /**
     * The stream on which a member listens to clients. Over UDP the port tells members apart, and a client need not know who listens there.
     *
     * @param id of the member.
     * @return the stream.
     */
    public int clientsStreamOf(final int id) {
        return ipc ? clientStream(id) : CLIENT_STREAM;
    }

    /**
     * The same over shared memory, where the stream alone tells members apart.
     *
     * @param id of the member.
     * @return the stream.
     */
    public static int clientStream(final int id) {
        return STREAM_BASE + STREAMS * id;
    }

    String controlOf(final int id) {
        return channel(id, CONTROL_PORT, controlTermLength);
    }

    String logOf(final int id) {
        return channel(id, LOG_PORT, logTermLength);
    }

    String snapshotOf(final int id) {
        return channel(id, SNAPSHOT_PORT, SNAPSHOT_TERM_LENGTH);
    }

    int snapshotStreamOf(final int id) {
        return STREAM_BASE + STREAMS * id + SNAPSHOT_PORT;
    }

    int controlStreamOf(final int id) {
        return STREAM_BASE + STREAMS * id + CONTROL_PORT;
    }

    int logStreamOf(final int id) {
        return STREAM_BASE + STREAMS * id + LOG_PORT;
    }

    int messageBytesMax() {
        return logTermLength / TERM_SHARE;
    }

    private String channel(final int id, final int port, final int termLength) {
        final ChannelUriStringBuilder builder = new ChannelUriStringBuilder().termLength(termLength).sparse(true);
        if (ipc) {
            return builder.media("ipc").mtu(mtuLength).build();
        }
        if (null == hosts[id]) {
            throw new IllegalArgumentException("no endpoint is known of member " + id);
        }
        return builder.media("udp").mtu(mtuLength).endpoint(hosts[id] + ":" + (ports[id] + port)).build();
    }
}
