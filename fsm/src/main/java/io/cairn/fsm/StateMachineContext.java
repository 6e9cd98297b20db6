package io.cairn.fsm;

import io.cairn.fsm.page.Tables;

/**
 * What a state machine is opened with: the tables that the engine freezes and snapshots, and this node's limits. Set, then {@link #conclude()}, once,
 * by the thread that launches the engine; read-only afterwards.
 */
public final class StateMachineContext {
    private Tables tables;
    private int valueBytesMax = Limits.VALUE_BYTES_DEFAULT;
    private boolean isConcluded;

    /**
     * Sets the tables. They belong to the engine.
     *
     * @param tables of the state; empty or restored.
     * @return this.
     */
    public StateMachineContext tables(final Tables tables) {
        this.tables = tables;
        return this;
    }

    /** @return the tables of the state. */
    public Tables tables() {
        return tables;
    }

    /**
     * Limits values that may enter the log here. A value that is in the log already is applied whatever this limit says.
     *
     * @param valueBytesMax in bytes, 1 to {@link Limits#VALUE_BYTES_CAP}.
     * @return this.
     */
    public StateMachineContext valueBytesMax(final int valueBytesMax) {
        this.valueBytesMax = valueBytesMax;
        return this;
    }

    /** @return longest value that may enter the log here, in bytes. */
    public int valueBytesMax() {
        return valueBytesMax;
    }

    /**
     * Checks what was set.
     *
     * @return this.
     * @throws IllegalStateException that names what is wrong.
     */
    public StateMachineContext conclude() {
        if (isConcluded) {
            throw new IllegalStateException("a context is concluded once: use a new one for every machine");
        }
        if (tables == null) {
            throw new IllegalStateException("tables: not set");
        }
        if (valueBytesMax < 1 || valueBytesMax > Limits.VALUE_BYTES_CAP) {
            throw new IllegalStateException("valueBytesMax: " + valueBytesMax + " is not in 1 to " + Limits.VALUE_BYTES_CAP);
        }
        isConcluded = true;
        return this;
    }
}
