# Shared by the launchers: sourced, never run. Builds what is missing and starts Java.
#
#   launch NAME MODULE MAIN_CLASS JVM_FLAGS... -- ARGUMENTS...
#
# Environment: JAVA_HOME (the JDK to run on), CAIRN_JVM_OPTS (more flags, they win), CAIRN_CLASSPATH (run this class path and build nothing).

die() {
    echo "$name: $*" >&2
    exit 1
}

# Sets java and java_version (the feature number). The release file of a JDK costs nothing to read; starting java -version does.
find_java() {
    if [ -n "${JAVA_HOME:-}" ]; then
        java=$JAVA_HOME/bin/java
        [ -x "$java" ] || die "JAVA_HOME=$JAVA_HOME has no bin/java: point it at a JDK 17 or newer, or unset it"
    else
        java=$(command -v java) || die "no java on the PATH: install a JDK 17 or newer, or set JAVA_HOME"
    fi
    local release version=
    release=$(dirname "$(dirname "$(readlink -f "$java")")")/release
    [ -r "$release" ] && version=$(sed -n 's/^JAVA_VERSION="\([^"]*\)".*/\1/p' "$release")
    [ -n "$version" ] || version=$("$java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p')
    java_version=${version%%[.-]*}
    case $java_version in
        '' | *[!0-9]*) die "cannot tell the version of $java" ;;
    esac
    [ "$java_version" -ge 17 ] || die "$java is Java $version: 17 or newer is needed"
}

# Whether the last build is complete and no source is newer. Directories count, so that a deleted file is noticed.
is_built() {
    [ -f "$stamp" ] && [ -f "$target/classpath" ] || return 1
    local sources=("$root/pom.xml") room entry
    for room in wal fsm snapshot engine bench; do
        [ "$room" = bench ] && [ "$module" != bench ] && continue
        sources+=("$root/$room/pom.xml" "$root/$room/src/main")
    done
    # The simulator is among the tests.
    [ "$module" != bench ] || sources+=("$root/wal/src/test" "$root/engine/src/test")
    [ -z "$(find "${sources[@]}" -newer "$stamp" -print -quit)" ] || return 1
    local IFS=:
    for entry in $(program_jar) $(cat "$target/classpath") $(simulator_jars); do
        [ -e "$entry" ] || return 1
    done
}

# The simulator is among the tests: cairn-bench simulate runs it from their jars, and nothing else does.
simulator_jars() {
    [ "$module" = bench ] || return 0
    local room jar
    for room in engine wal; do
        for jar in "$root/$room/target/$room"-*-tests.jar; do
            printf '%s%s' "${IFS:0:1}" "$jar"
        done
    done
}

program_jar() {
    local jar
    for jar in "$target/$module"-*.jar; do
        case $jar in
            *-tests.jar) ;;
            *) echo "$jar" && return ;;
        esac
    done
    echo "$target/$module.jar"
}

build() {
    command -v mvn >/dev/null || die "not built yet, and there is no mvn on the PATH to build it: install Maven 3.8 or newer"
    mkdir -p "$root/engine/target" "$target" || die "cannot write to $target"
    # One build at a time, whichever launcher asks: the modules are shared.
    exec 9>"$root/engine/target/launcher.lock"
    if command -v flock >/dev/null; then
        flock 9
    fi
    if ! is_built; then
        [ -t 2 ] && echo "$name: building (once; about a minute, more where the libraries must be fetched)" >&2
        rm -f "$stamp"
        # The stamp carries the time the build began, so that a source changed meanwhile is newer; it appears when the build is complete.
        : >"$stamp.begun"
        if ! mvn -B -f "$root/pom.xml" -pl "$module" -am -DskipTests -Dcheckstyle.skip -Denforcer.skip package \
            </dev/null >"$target/launcher.log" 2>&1 9>&-; then
            local reason
            reason=$(sed -n 's/^\[ERROR\] \(.*[^ ].*\)/\1/p' "$target/launcher.log" | grep -m 1 -v 'problems were encountered\|COMPILATION ERROR' || echo "no reason given")
            die "the build failed: $reason (all of it: $target/launcher.log)"
        fi
        mv "$stamp.begun" "$stamp"
    fi
    exec 9>&-
}

launch() {
    name=$1 module=$2
    local main=$3
    shift 3
    local flags=()
    while [ "$1" != -- ]; do
        flags+=("$1")
        shift
    done
    shift
    # A closed one would be taken by the next file that Java opens, its own library or the log: in its place, what cannot be read, or written.
    { : 3<&0; } 2>/dev/null || exec 0>/dev/null
    { : 3>&1; } 2>/dev/null || exec 1</dev/null
    : 3>&2 || exec 2>/dev/null
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
    target=$root/$module/target
    stamp=$target/launcher.stamp
    find_java
    local class_path=${CAIRN_CLASSPATH:-}
    if [ -z "$class_path" ]; then
        is_built || build
        class_path=$(program_jar):$(cat "$target/classpath")$(IFS=:; simulator_jars)
    fi
    # The flags every JVM needs stand in one place, the root pom.
    local needed
    needed=$(sed -n 's/.*<cairn.jvm.flags>\(.*\)<\/cairn.jvm.flags>.*/\1/p' "$root/pom.xml")
    [ "$java_version" -lt 24 ] || needed="$needed --sun-misc-unsafe-memory-access=allow"
    # shellcheck disable=SC2086 # flags are words
    # chronicle-bytes logs through SLF4J; that nothing listens is not worth a line on standard error.
    exec "$java" $needed -Dslf4j.internal.verbosity=ERROR "${flags[@]}" ${CAIRN_JVM_OPTS:-} -cp "$class_path" "$main" "$@"
}
