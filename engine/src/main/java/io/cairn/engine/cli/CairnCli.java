package io.cairn.engine.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.function.Function;

import io.cairn.wal.io.MappedStorageIo;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The entry point {@code cairn}. It keeps what every command promises: exit code 0, 1 or 2; one line on standard error with each of the latter two,
 * never a stack trace; options of a group before and after the subcommand (they are declared with inherited scope).
 */
public final class CairnCli {
    /** The groups, in the order of the help. A new one is a line here. */
    private static final List<Function<CairnCommand, Object>> GROUPS = List.of(
        root -> new KvGroup(root),
        root -> new ProfileGroup(),
        root -> new WalGroup(MappedStorageIo::new),
        root -> new SnapshotGroup(MappedStorageIo::new),
        root -> new StatCommand(),
        root -> new DoctorCommand());

    private static final int OUTPUT_BUFFER_BYTES = 64 * 1024;

    private CairnCli() {
    }

    /**
     * Run and exit.
     *
     * @param arguments of the command line.
     */
    public static void main(final String[] arguments) {
        final OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUTPUT_BUFFER_BYTES);
        // A console exists where standard input and output are a terminal, which is where a person watches.
        System.exit(run(new Console(System.in, out, System.err, System.console() != null), arguments));
    }

    /**
     * Run without exiting.
     *
     * @param console   to write to.
     * @param arguments of the command line.
     * @return the exit code.
     */
    static int run(final Console console, final String... arguments) {
        final int code = commandLine(console).execute(arguments);
        console.out().flush();
        console.err().flush();
        return code;
    }

    static CommandLine commandLine(final Console console) {
        final CairnCommand root = new CairnCommand(console);
        final CommandLine commandLine = new CommandLine(root);
        GROUPS.forEach(group -> commandLine.addSubcommand(group.apply(root)));
        return commandLine
            .setOut(console.out())
            .setErr(console.err())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setUsageHelpAutoWidth(false)
            .setUsageHelpWidth(120)
            .setParameterExceptionHandler((ex, args) -> refuse(console, ex))
            .setExecutionExceptionHandler((ex, command, result) -> fail(console, ex));
    }

    private static int refuse(final Console console, final ParameterException ex) {
        final CommandLine command = ex.getCommandLine();
        String message = ex.getMessage();
        if (ex instanceof UnmatchedArgumentException unmatched && !unmatched.getSuggestions().isEmpty()) {
            message += " (did you mean " + unmatched.getSuggestions().get(0) + "?)";
        } else if (command.getCommandSpec().subcommands().size() > 0 && message.startsWith("Missing required subcommand")) {
            message = "missing command: one of " + String.join(", ", command.getCommandSpec().subcommands().keySet());
        }
        say(console, message + "; see " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    private static int fail(final Console console, final Exception ex) {
        console.out().flush();
        say(console, Explanation.of(ex));
        if (System.getenv("CAIRN_TRACE") != null) {
            Explanation.trace(ex, console.err());
        }
        return ExitCode.SOFTWARE;
    }

    private static void say(final Console console, final String message) {
        console.err().println("cairn: " + Explanation.oneLine(message));
    }
}
