package io.cairn.engine.gateway;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * One message between a client and a member, decoded: schema {@code client-messages.xml}. A connection:
 *
 * <pre>
 *   client                                 member
 *     | CONNECT (hello) ------------------&gt; |
 *     | &lt;---------------- CHALLENGE         |   only where the member has a secret
 *     | ANSWER ----------------------------&gt; |
 *     | &lt;---------------- CONNECTED (proof) |   or CLOSED with the reason and who leads
 *     | REQUESTS --------------------------&gt; |
 *     | &lt;---------------- REPLIES           |
 *     | HEARTBEAT -------------------------&gt; |   whenever there was nothing else to say for a while
 *     | &lt;---------------- HEARTBEAT         |
 *     | CLOSED ----------------------------&gt; |
 * </pre>
 *
 * Bodies: CONNECT, CHALLENGE and ANSWER carry what the {@code Authenticator} says; CONNECTED {@code u16 length, proof, members}; CLOSED
 * {@code u16 length, reason, members}, with members as {@code id=HOST:PORT,…}; REQUESTS and REPLIES entries as of {@link RequestEntry} and
 * {@link ReplyEntry}; ADMIN and ADMIN_REPLY bytes of the application, or to the engine {@code u8 all} and back
 * {@code u8 leads, i64 index, i64 digest}, or nothing.
 */
public final class ClientMessage {
    /** A client asks for a connection. */
    public static final int CONNECT = 1;
    /** The member asks it to prove who it is. */
    public static final int CHALLENGE = 2;
    /** It does. */
    public static final int ANSWER = 3;
    /** The connection is open. */
    public static final int CONNECTED = 4;
    /** It is not, or not any more. */
    public static final int CLOSED = 5;
    /** Requests of a client. */
    public static final int REQUESTS = 6;
    /** Replies of a member. */
    public static final int REPLIES = 7;
    /** Either side lives. */
    public static final int HEARTBEAT = 8;
    /** A request to this one member. */
    public static final int ADMIN = 9;
    /** Its answer. */
    public static final int ADMIN_REPLY = 10;

    /** Context of an administrative request to the application that built on the engine. */
    public static final long TO_APPLICATION = 1;
    /** Context of one to the engine itself. */
    public static final long TO_ENGINE = 2;

    /** The client wants this one member, whether it leads or not. */
    public static final int FLAG_ANY_MEMBER = 1;
    /** The client sends queries and nothing else, and takes the answers of a member that does not lead. */
    public static final int FLAG_READER = 2;
    /** The same, and takes whatever the member has applied. */
    public static final int FLAG_LOCAL = 4;

    /** One of the types above. */
    public int type;
    /** Identity of the cluster; 0 from a client that takes any. */
    public long clusterId;
    /** Drawn by the client. */
    public long connectionId;
    /** Whom an administrative request is for: {@link #TO_APPLICATION} or {@link #TO_ENGINE}. */
    public long context;
    /** As far as the member knows; −1: none. */
    public int leaderId;
    /** Who answers. */
    public int memberId;
    /** Stream that the client listens on. */
    public int responseStream;
    /** Port that it listens on; 0 over shared memory. */
    public int responsePort;
    /** Why a connection is closed: a {@link CloseReason}. */
    public int status;
    /** Requests that the client may leave unanswered. */
    public int inFlightMax;
    /** Longest payload of a request. */
    public int requestBytesMax;
    /** {@link #FLAG_ANY_MEMBER}, {@link #FLAG_READER}, {@link #FLAG_LOCAL}. */
    public int flags;
    /** The body, valid while the message is. */
    public final UnsafeBuffer body = new UnsafeBuffer(0, 0);

    /**
     * Start anew.
     *
     * @param newType       one of the types.
     * @param newConnection the connection it is about.
     * @return this, with everything else zero.
     */
    public ClientMessage reset(final int newType, final long newConnection) {
        type = newType;
        clusterId = 0;
        connectionId = newConnection;
        context = 0;
        leaderId = -1;
        memberId = -1;
        responseStream = 0;
        responsePort = 0;
        status = 0;
        inFlightMax = 0;
        requestBytesMax = 0;
        flags = 0;
        return this;
    }
}
