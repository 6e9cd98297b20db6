package io.cairn.engine.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

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
        root -> new NodeCommand(root),
        root -> new ClusterGroup(root),
        root -> new ProfileGroup(),
        root -> new WalGroup(MappedStorageIo::new),
        root -> new SnapshotGroup(MappedStorageIo::new),
        root -> new StatCommand(),
        root -> new DoctorCommand());

    private static final int OUTPUT_BUFFER_BYTES = 64 * 1024;
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
    private static final Pattern TERMINAL = Pattern.compile("/dev/(pts/\\d+|tty.*|console|hvc\\d+)");

    private CairnCli() {
    }

    /**
     * Run and exit.
     *
     * @param arguments of the command line.
     */
    public static void main(final String[] arguments) {
        final OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUTPUT_BUFFER_BYTES);
        final Console console = new Console(System.in, out, System.err, isTerminal(STANDARD_ERROR));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> onSignal(console), "cairn-signal"));
        final int code = run(console, arguments);
        console.interruption().over();
        System.exit(code);
    }

    /** The exit code is that of the signal, whatever the command made of it; but for one that runs until a signal ends it. */
    private static void onSignal(final Console console) {
        if (console.interruption().request() && !console.hasFailed()) {
            if (console.interruption().isInOrder()) {
                Runtime.getRuntime().halt(ExitCode.OK);
            }
            say(console, "interrupted");
        }
    }

    /** Not by {@code System.console()}: that looks at standard input and output, and as of Java 22 it exists in any case. */
    private static boolean isTerminal(final Path file) {
        try {
            return TERMINAL.matcher(file.toRealPath().toString()).matches();
        } catch (final IOException ex) {
            return false;
        }
    }

    /**
     * Run without exiting.
     *
     * @param console   to write to.
     * @param arguments of the command line.
     * @return the exit code.
     */
    static int run(final Console console, final String... arguments) {
        int code;
        try {
            code = commandLine(console).execute(arguments);
        } catch (final Throwable ex) {
            // What is no exception (no memory, a class that is missing) is not for the library to handle, nor for a person to see the trace of.
            code = fail(console, ex);
        }
        console.out().flush();
        if (code == ExitCode.OK && console.isGone() && !console.isPipeClosed()) {
            say(console, "standard output: " + console.lost() + "; the answer is incomplete, whatever the command did is done");
            code = ExitCode.SOFTWARE;
        }
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
        String message = ex.getMessage().replace("option option", "option").replaceFirst(" is not an? (long|int)$", " is not a whole number");
        if (ex instanceof UnmatchedArgumentException unmatched) {
            message = unmatched(unmatched, !command.getCommandSpec().subcommands().isEmpty());
        } else if (command.getCommandSpec().subcommands().size() > 0 && message.startsWith("Missing required subcommand")) {
            message = "missing command: one of " + String.join(", ", command.getCommandSpec().subcommands().keySet());
        }
        say(console, message + "; see " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    private static String unmatched(final UnmatchedArgumentException unmatched, final boolean isGroup) {
        final String first = unmatched.getUnmatched().get(0);
        final String kind = unmatched.isUnknownOption() ? "unknown option" : isGroup ? "unknown command" : "one argument too many:";
        final List<String> suggestions = unmatched.getSuggestions();
        return kind + " '" + first + "'" + (suggestions.isEmpty() ? "" : " (did you mean " + suggestions.get(0) + "?)");
    }

    private static int fail(final Console console, final Throwable ex) {
        console.out().flush();
        say(console, Explanation.of(ex));
        if (System.getenv("CAIRN_TRACE") != null) {
            Explanation.trace(ex, console.err());
        }
        return ExitCode.SOFTWARE;
    }

    private static void say(final Console console, final String message) {
        console.fail("cairn: " + Explanation.oneLine(message));
    }
}
