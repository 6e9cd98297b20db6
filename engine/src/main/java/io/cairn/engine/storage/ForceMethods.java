package io.cairn.engine.storage;

import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.Durability;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.config.ForceChoice;
import io.cairn.wal.ForceMethod;

/**
 * From the configuration's word for a way of forcing to the log's.
 *
 * <p>Where every command waits for a force, writing the group and forcing it is the fastest. Elsewhere nobody waits for the device, and what
 * counts is the cost of an append: a store into the mapping, while a system call for each group takes about a microsecond.
 */
final class ForceMethods {
    private ForceMethods() {
    }

    static ForceMethod of(final EffectiveConfiguration configuration) {
        return switch (configuration.choice(ConfigKeys.WAL_FORCE_METHOD, ForceChoice.class)) {
            case AUTO -> Durability.GROUP == configuration.choice(ConfigKeys.DURABILITY, Durability.class) ?
                ForceMethod.PWRITE_FDATASYNC : ForceMethod.MSYNC_RANGE;
            case MSYNC -> ForceMethod.MSYNC_RANGE;
            case FDATASYNC -> ForceMethod.FDATASYNC;
            case PWRITE -> ForceMethod.PWRITE_FDATASYNC;
        };
    }
}
