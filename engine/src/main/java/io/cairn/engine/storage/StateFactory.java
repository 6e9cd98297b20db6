package io.cairn.engine.storage;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.config.StateStorage;
import io.cairn.engine.memory.AnonymousExtentSource;
import io.cairn.engine.memory.ScratchFileExtentSource;
import io.cairn.fsm.Limits;
import io.cairn.fsm.SessionTable;
import io.cairn.fsm.StateMachine;
import io.cairn.fsm.StateMachineContext;
import io.cairn.fsm.page.ExtentSource;
import io.cairn.fsm.page.PageArena;
import org.agrona.CloseHelper;

/**
 * Makes arenas and machines: at the start, and again for each snapshot that is installed while the node runs. Owner: whoever opens the node, then
 * the Snapshotter.
 */
final class StateFactory {
    /** What a record holds besides the value: the longest key, the command's own fields, a session's header. */
    private static final int COMMAND_OVERHEAD = Limits.KEY_BYTES_MAX + 256;

    private final NodeSettings settings;
    private final EffectiveConfiguration configuration;
    private int arenaCount;

    StateFactory(final NodeSettings settings) {
        this.settings = settings;
        configuration = settings.configuration();
    }

    PageArena newArena(final int pageSize) {
        final long pagesMax = Math.min(configuration.sizeBytes(ConfigKeys.STATE_MEMORY_MAX) / pageSize, Integer.MAX_VALUE - 8L);
        final int extentPages = (int)Math.max(1, configuration.sizeBytes(ConfigKeys.STATE_EXTENT_SIZE) / pageSize);
        return new PageArena(newExtentSource(), pageSize, extentPages, (int)pagesMax);
    }

    private ExtentSource newExtentSource() {
        if (StateStorage.FILE == configuration.choice(ConfigKeys.STATE_STORAGE, StateStorage.class)) {
            return new ScratchFileExtentSource(
                settings.storageIo(),
                configuration.directory(ConfigKeys.STATE_DIR, settings.dataDirectory().resolve(NodeStorage.STATE_DIRECTORY)),
                arenaCount++);
        }
        return new AnonymousExtentSource(configuration.bool(ConfigKeys.STATE_HUGE_PAGES));
    }

    private StateMachine newMachine() {
        try {
            final StateMachine made = settings.stateMachineSupplier().get();
            if (null == made) {
                throw new EngineException("the supplier of the state machine '" + settings.stateMachineName() + "' gave none");
            }
            return made;
        } catch (final NoClassDefFoundError ex) {
            throw new EngineException(
                "the state machine '" + settings.stateMachineName() + "' needs the class " + String.valueOf(ex.getMessage()).replace('/', '.') +
                    ", which is not on the class path: add its library to your build (for the rocksdb machine org.rocksdb:rocksdbjni)", ex);
        }
    }

    /**
     * Gives a state whose pages are there its sessions and a machine of its own.
     *
     * @param state to be completed.
     * @return the same.
     */
    NodeState complete(final NodeState state) {
        final SessionTable sessions = new SessionTable(state.tables());
        final StateMachine machine = newMachine();
        boolean isRestored = false;
        try {
            final long valueMax = Math.min(Limits.VALUE_BYTES_CAP, configuration.sizeBytes(ConfigKeys.WAL_RECORD_MAX) - COMMAND_OVERHEAD);
            machine.open(new StateMachineContext().tables(state.tables()).valueBytesMax((int)Math.max(1, valueMax)).conclude());
            restore(state, machine);
            isRestored = true;
        } finally {
            if (!isRestored) {
                CloseHelper.quietClose(machine);
            }
        }
        state.complete(sessions, machine);
        return state;
    }

    private static void restore(final NodeState state, final StateMachine machine) {
        try {
            machine.restore(state.source());
        } catch (final RuntimeException ex) {
            throw new RestoreException(
                "the state machine could not be restored from the snapshot at entry " + state.index() + ": " + ex.getMessage(), ex);
        }
    }

    /** The machine did not take what the snapshot holds. */
    static final class RestoreException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        RestoreException(final String message, final Throwable cause) {
            super(message, cause);
        }
    }
}
