package io.cairn.engine.client;

/**
 * How a client proves to a member who it is, and the member to the client. The same object serves on both sides:
 *
 * <pre>
 *   client: hello()              ──►
 *                                ◄── member: challenge()
 *   client: answer(hello, challenge) ──► member: isAnswerGood(...)
 *   client: isProofGood(...)     ◄── member: proof(hello, challenge)
 * </pre>
 *
 * <p>Every message is at most {@link #MESSAGE_BYTES_MAX} long. What was said once must not serve a second time: both sides contribute bytes that
 * never repeat. It authenticates connections; what then travels is neither encrypted nor signed.
 *
 * <p>Threads: any; on the member's side calls come from the Sequencer's thread and must return within microseconds.
 */
public interface Authenticator {
    /** Longest message. */
    int MESSAGE_BYTES_MAX = 1_024;

    /**
     * Client: what to begin with.
     *
     * @return bytes that never repeat.
     */
    byte[] hello();

    /**
     * Member: what to ask.
     *
     * @return bytes that never repeat.
     */
    byte[] challenge();

    /**
     * Client: the proof that was asked for.
     *
     * @param hello     of this connection.
     * @param challenge of this connection.
     * @return the proof.
     */
    byte[] answer(byte[] hello, byte[] challenge);

    /**
     * Member: judge it.
     *
     * @param hello     of this connection.
     * @param challenge of this connection.
     * @param answer    of the client.
     * @return true when the client may come in.
     */
    boolean isAnswerGood(byte[] hello, byte[] challenge, byte[] answer);

    /**
     * Member: its own proof.
     *
     * @param hello     of this connection.
     * @param challenge of this connection.
     * @return the proof.
     */
    byte[] proof(byte[] hello, byte[] challenge);

    /**
     * Client: judge it.
     *
     * @param hello     of this connection.
     * @param challenge of this connection.
     * @param proof     of the member.
     * @return true when the member is one of those that were meant.
     */
    boolean isProofGood(byte[] hello, byte[] challenge, byte[] proof);
}
