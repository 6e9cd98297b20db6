package io.cairn.engine.embedded;

import io.cairn.engine.client.MachineClient;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueReplies;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.concurrent.CompletableFuture;

/**
 * Commands and queries as bytes over one {@link EmbeddedClient}, for any number of threads.
 */
public final class EmbeddedMachineClient implements MachineClient {
    private static final StoreCalls.Decoder<Answer> DECODER = new AnswerDecoder();

    private final StoreCalls calls;

    /**
     * @param client           of this alone, outside any session.
     * @param sessionTimeoutNs log time after which the session expires when it sends nothing.
     * @param isInvoker        true when whoever waits does the engine's work.
     */
    public EmbeddedMachineClient(final EmbeddedClient client, final long sessionTimeoutNs, final boolean isInvoker) {
        calls = new StoreCalls(client, sessionTimeoutNs, isInvoker);
    }

    @Override
    public CompletableFuture<Answer> commandAsync(final byte[] command) {
        final UnsafeBuffer buffer = new UnsafeBuffer(command.clone());
        return calls.command(() -> calls.client().command(buffer, 0, buffer.capacity()), DECODER);
    }

    @Override
    public CompletableFuture<Answer> queryAsync(final byte[] query) {
        final UnsafeBuffer buffer = new UnsafeBuffer(query.clone());
        return calls.query(() -> calls.client().query(buffer, 0, buffer.capacity()), DECODER);
    }

    @Override
    public <T> T await(final CompletableFuture<T> future) {
        return calls.await(future);
    }

    @Override
    public void close() {
        calls.close();
    }

    private static final class AnswerDecoder implements StoreCalls.Decoder<Answer> {
        @Override
        public Answer decode(final int status, final long index, final KeyValueReplies replies) {
            return new Answer(status, index, replies.all(new Bytes()).toArray());
        }

        @Override
        public boolean admits(final int status) {
            return status >= 0 || status <= ApplyStatus.USER_ERROR_FIRST;
        }
    }
}
