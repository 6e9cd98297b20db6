package io.cairn.engine.remote;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.gateway.ClientMessage;
import io.cairn.engine.gateway.CloseReason;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.concurrent.CompletableFuture;

/**
 * A connection to one member for one question, or for none: to find out whether it lets this client in. Owner: the thread of the client's network;
 * anybody may wait for the answer.
 */
final class AdminCall implements MemberConnection.Listener {
    private final RemoteAgent agent;
    private final String target;
    private final long context;
    private final UnsafeBuffer request;
    private final long deadlineNs;
    private final CompletableFuture<byte[]> answer = new CompletableFuture<>();
    private MemberConnection connection;
    private boolean sent;
    private String explanation;

    /**
     * @param context whom it is for.
     * @param request null for none.
     */
    AdminCall(final RemoteAgent agent, final String target, final long context, final byte[] request, final long deadlineNs) {
        this.agent = agent;
        this.target = target;
        this.context = context;
        this.request = null == request ? null : new UnsafeBuffer(request);
        this.deadlineNs = deadlineNs;
        explanation = "member " + target + " does not answer";
    }

    CompletableFuture<byte[]> answer() {
        return answer;
    }

    /** @return amount of work done. */
    int doWork(final long nowNs) {
        if (null == connection) {
            connection = agent.connect(target, ClientMessage.FLAG_ANY_MEMBER, this, nowNs);
        }
        int work = connection.doWork(nowNs);
        if (connection.isOpen() && null == request) {
            answer.complete(new byte[0]);
        } else if (connection.isOpen() && !sent) {
            sent = connection.send(ClientMessage.ADMIN, context, request, 0, request.capacity());
            work++;
        } else if (connection.isClosed()) {
            agent.onRefused(connection);
            explanation = connection.explanation();
            // What was sent may have been done: asking again is for who knows what it means.
            if (sent || CloseReason.isFinal(connection.closeReason()) || CloseReason.VIOLATION == connection.closeReason() || null == request) {
                answer.completeExceptionally(new EngineException(explanation));
            }
            connection.close();
            connection = null;
            work++;
        }
        if (!answer.isDone() && nowNs - deadlineNs > 0) {
            answer.completeExceptionally(new EngineException(explanation));
        }
        return work;
    }

    boolean isDone() {
        return answer.isDone();
    }

    @Override
    public void onReplies(final UnsafeBuffer body) {
        // No requests were made.
    }

    @Override
    public void onAdminReply(final long ofContext, final UnsafeBuffer body) {
        final byte[] bytes = new byte[body.capacity()];
        body.getBytes(0, bytes);
        answer.complete(bytes);
    }

    void close() {
        if (null != connection) {
            connection.close();
        }
        answer.completeExceptionally(new EngineException("the client is closed"));
    }
}
