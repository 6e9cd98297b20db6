package io.cairn.bench.load;

/**
 * What a load generator drives: something that accepts operations without blocking and answers them later, in any order.
 *
 * <p>Both methods belong to the generator's thread. The caller chooses the slot, a small integer that is unique among the operations in flight, and
 * gets it back with the answer; that keeps the generator free of maps.
 */
public interface Target {
    /** Returned by {@link #submit} when the operation was accepted. */
    int ACCEPTED = 0;
    /** Returned by {@link #submit} when a queue is full: the same operation is offered again in a later duty cycle. */
    int BACK_PRESSURED = -1;

    /** Status of an answer that is what was asked for. */
    int OK = 0;
    /** Status of an answer that is an error: a refused command, a missing key. */
    int FAILED = -1;

    /**
     * Offers one operation. Never blocks, never allocates.
     *
     * @param operation one of {@link Operation}.
     * @param key       number of the key, from 0.
     * @param slot      returned with the answer.
     * @return {@link #ACCEPTED} or {@link #BACK_PRESSURED}.
     */
    int submit(int operation, int key, int slot);

    /**
     * Gives the target a turn and hands over answers that have arrived.
     *
     * @param completions is told of each answer.
     * @param limit       most answers to hand over.
     * @return number of answers handed over.
     */
    int poll(Completions completions, int limit);

    /**
     * Is told of answers, on the generator's thread.
     */
    interface Completions {
        /**
         * An answer has arrived.
         *
         * @param slot   as given to {@link Target#submit}.
         * @param status {@link Target#OK} or {@link Target#FAILED}.
         */
        void onCompletion(int slot, int status);
    }
}
