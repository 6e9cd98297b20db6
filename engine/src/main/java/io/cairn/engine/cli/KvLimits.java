package io.cairn.engine.cli;

import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Limits;

/**
 * The limits on keys and values, looked at before a command is sent, so that a line that is wrong by itself never stands in a session's way.
 */
final class KvLimits {
    private static final int RECORD_OVERHEAD_BYTES = 4096;

    private KvLimits() {
    }

    static int ofKey(final int lengthBytes) {
        if (lengthBytes == 0) {
            return ApplyStatus.KEY_EMPTY;
        }
        return lengthBytes > Limits.KEY_BYTES_MAX ? ApplyStatus.KEY_TOO_LONG : ApplyStatus.OK;
    }

    /** As the engine limits the values that it lets into the log: what fits a record beside a key and the headers. */
    static int valueBytesMax(final EffectiveConfiguration configuration) {
        return (int)Math.max(1, Math.min(Limits.VALUE_BYTES_CAP, configuration.sizeBytes(ConfigKeys.WAL_RECORD_MAX) - RECORD_OVERHEAD_BYTES));
    }
}
