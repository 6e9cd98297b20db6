package io.cairn.engine.storage;

import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.config.ForceChoice;
import io.cairn.wal.ForceMethod;

/**
 * From the configuration's word for a way of forcing to the log's.
 */
final class ForceMethods {
    private ForceMethods() {
    }

    static ForceMethod of(final EffectiveConfiguration configuration) {
        return switch (configuration.choice(ConfigKeys.WAL_FORCE_METHOD, ForceChoice.class)) {
            case AUTO -> ForceMethod.PWRITE_FDATASYNC;
            case MSYNC -> ForceMethod.MSYNC_RANGE;
            case FDATASYNC -> ForceMethod.FDATASYNC;
            case PWRITE -> ForceMethod.PWRITE_FDATASYNC;
        };
    }
}
