package io.cairn.engine.gateway;

/**
 * An administrative request on its way, and its answer.
 */
final class AdminExchange {
    private final RemoteClient client;
    private final long context;
    private byte[] answer;

    AdminExchange(final RemoteClient client, final long context) {
        this.client = client;
        this.context = context;
    }

    RemoteClient client() {
        return client;
    }

    long context() {
        return context;
    }

    byte[] answer() {
        return answer;
    }

    void answer(final byte[] payload) {
        answer = payload;
    }
}
