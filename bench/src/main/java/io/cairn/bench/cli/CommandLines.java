package io.cairn.bench.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;

/**
 * Builds the command line and its manners: every failure is one line on standard error, without a stack trace.
 */
public final class CommandLines {
    private static final int EXIT_FAILURE = 1;
    private static final int EXIT_USAGE = 2;
    private static final int WIDTH = 120;
    /** Among the tests of the engine, since what it runs is: the launcher puts their jars on the class path. */
    private static final String SIMULATOR = "io.cairn.engine.sim.SimulateCommand";

    private CommandLines() {
    }

    /** The group itself; without a subcommand it prints its help. */
    @Command(
        name = "cairn-bench",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Measures Cairn honestly: latency from the intended send time, beside what the machine itself can do in the same run.",
        footer = {
            "",
            "Exit code: 0 success, 1 failure, 2 a command line that does not parse.",
            "Sizes are written like 64m, durations like 10s or 500ms, counts like 50k."
        },
        subcommands = {
            LatencyCommand.class,
            ThroughputCommand.class,
            SnapshotCommand.class,
            RecoveryCommand.class,
            ClusterCommand.class,
            YcsbCommand.class,
            WalCommand.class,
            MicroCommand.class,
            ReportCommand.class,
            CheckHistoryCommand.class,
            TortureCommand.class,
            ElectionCommand.class,
            HelpCommand.class
        })
    static final class Root implements Runnable {
        @CommandLine.Spec
        private CommandLine.Model.CommandSpec spec;

        @Override
        public void run() {
            throw new CommandLine.ParameterException(spec.commandLine(), "Missing command");
        }
    }

    /** Version from the jar's manifest. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            final String version = CommandLines.class.getPackage().getImplementationVersion();
            return new String[] {"cairn-bench " + (null == version ? "(development build)" : version)};
        }
    }

    /**
     * A fresh command line.
     *
     * @return ready to execute.
     */
    public static CommandLine create() {
        final IParameterExceptionHandler onUsage = (ex, args) -> {
            final CommandLine command = ex.getCommandLine();
            command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + Failures.reason(ex) + " (--help shows what is possible)");
            command.getErr().flush();
            return EXIT_USAGE;
        };
        final IExecutionExceptionHandler onFailure = (ex, command, result) -> {
            final String line = ex instanceof BenchException ? Failures.reason(ex) : Failures.unexpected(ex);
            command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + line);
            command.getErr().flush();
            return EXIT_FAILURE;
        };
        final CommandLine commandLine = new CommandLine(new Root());
        addSimulator(commandLine);
        for (final CommandLine subcommand : commandLine.getSubcommands().values()) {
            subcommand.getCommandSpec().mixinStandardHelpOptions(!(subcommand.getCommand() instanceof HelpCommand));
        }
        return commandLine
            .setParameterExceptionHandler(onUsage)
            .setExecutionExceptionHandler(onFailure)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setUsageHelpWidth(WIDTH)
            .setUsageHelpAutoWidth(false);
    }

    private static void addSimulator(final CommandLine commandLine) {
        try {
            commandLine.addSubcommand(Class.forName(SIMULATOR));
        } catch (final ClassNotFoundException ex) {
            // Started without the tests' jars: there is no such command.
        }
    }
}
