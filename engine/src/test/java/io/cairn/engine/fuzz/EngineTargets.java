package io.cairn.engine.fuzz;

import io.cairn.engine.admin.AdminFuzz;
import io.cairn.engine.cli.LinesFuzz;
import io.cairn.engine.config.SettingsFuzz;
import io.cairn.engine.gateway.ClientMessageFuzz;
import io.cairn.engine.install.TransferFuzz;
import io.cairn.engine.pipeline.CommandFuzz;
import io.cairn.engine.pipeline.ConfigurationFuzz;
import io.cairn.engine.status.CountersFuzz;
import io.cairn.engine.storage.NodeFilesFuzz;
import io.cairn.engine.transport.IntroductionFuzz;
import io.cairn.engine.transport.MessageFuzz;

import java.util.List;

/**
 * Every target of the engine and of the modules below it.
 */
final class EngineTargets {
    static final List<Class<? extends FuzzTarget>> ALL = List.of(
        MessageFuzz.class, IntroductionFuzz.class, ClientMessageFuzz.class, AdminFuzz.class, ConfigurationFuzz.class, TransferFuzz.class,
        CommandFuzz.class, ReplyFuzz.class, LogFuzz.class, SnapshotFuzz.class, NodeFilesFuzz.class, SettingsFuzz.class, LinesFuzz.class,
        CountersFuzz.class);

    private EngineTargets() {
    }
}
