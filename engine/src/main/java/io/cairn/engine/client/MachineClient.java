package io.cairn.engine.client;

import java.util.concurrent.CompletableFuture;

/**
 * The comfortable way to a state machine of one's own: commands and queries are bytes that the machine understands. Safe for any number of
 * threads; commands of one thread take effect in the order in which it made them, exactly once; queries are linearizable.
 *
 * <p>Errors: {@link KeyValueException} with a {@link ReplyStatus} for a refusal (nothing was done) and for an unknown outcome. The statuses that
 * the machine itself gives, from {@code ApplyStatus.USER_FIRST} up and from {@code ApplyStatus.USER_ERROR_FIRST} down, are answers and not errors.
 */
public interface MachineClient extends AutoCloseable {
    /**
     * What the machine answered.
     *
     * @param status 0, or a status of the machine's own.
     * @param index  log index of a command; applied index a query was answered at.
     * @param body   bytes of the answer.
     */
    record Answer(int status, long index, byte[] body) {
    }

    /**
     * Log and apply a command.
     *
     * @param command bytes; copied before the call returns.
     * @return the machine's answer, once the command is committed by the configured durability.
     */
    default Answer command(final byte[] command) {
        return await(commandAsync(command));
    }

    /**
     * Ask.
     *
     * @param query bytes; copied before the call returns.
     * @return the machine's answer.
     */
    default Answer query(final byte[] query) {
        return await(queryAsync(query));
    }

    /**
     * As {@link #command}.
     *
     * @param command bytes.
     * @return completes with the answer.
     */
    CompletableFuture<Answer> commandAsync(byte[] command);

    /**
     * As {@link #query}.
     *
     * @param query bytes.
     * @return completes with the answer.
     */
    CompletableFuture<Answer> queryAsync(byte[] query);

    /**
     * Wait for a future of this client. In invoker mode the caller does the engine's work meanwhile.
     *
     * @param future of this client.
     * @param <T>    its result.
     * @return the result.
     * @throws KeyValueException when the request was refused, its outcome is unknown, or the caller was interrupted.
     */
    <T> T await(CompletableFuture<T> future);

    /** Wait for what is in flight, close the session, leave; the engine stays open. */
    @Override
    void close();
}
