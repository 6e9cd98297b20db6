package io.cairn.engine.sim;

/**
 * What a client asked and was told.
 *
 * @param client  number of the client.
 * @param isQuery whether it changed nothing.
 * @param request its bytes.
 * @param startNs when the client asked first, in the time of the simulation.
 * @param endNs   when it had the answer.
 * @param index   entry that the answer is of: the command's own, or the last one applied when the query was answered; negative where it was refused.
 * @param status  of the answer, as the machine set it.
 * @param answer  its bytes.
 */
public record Exchange(int client, boolean isQuery, byte[] request, long startNs, long endNs, long index, int status, byte[] answer) {
    /** @return false where the command, or the query, was refused before it came to the machine. */
    public boolean isApplied() {
        return index >= 0;
    }

    @Override
    public String toString() {
        return "client " + client + (isQuery ? " asked " : " sent ") + Bytes.text(request) + " and was told status " + status + " and " +
            Bytes.text(answer) + " as of entry " + index;
    }
}
