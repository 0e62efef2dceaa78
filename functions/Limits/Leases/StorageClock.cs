namespace Serverless.Functions.Limits.Leases;

/// <summary>
/// The one clock that all instances share: the storage's, as its answers' Date headers tell it. They give whole seconds, so every answer tells an
/// interval, and the answers' intervals together a narrow one. Between answers the machine's monotonic clock goes on; its wall clock does not
/// matter. Thread-safe.
/// </summary>
/// <remarks>An interval widens by <see cref="DriftPerMillion"/> of the time since; after <see cref="Longest"/>, or when monotonic and wall clock
/// disagree (the machine was suspended, or set), the time is unknown until the storage answers again.</remarks>
internal sealed class StorageClock(TimeProvider time)
{
    public const int DriftPerMillion = 200;

    /// <summary>How far the clocks of the storage's own machines may lie apart.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(20);

    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan Jump = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Anchor? _anchor;

    /// <returns>False when the time is not known.</returns>
    public bool TryRead(out ClockReading reading)
    {
        var anchor = Volatile.Read(ref _anchor);
        if (anchor is null)
        {
            reading = default;
            return false;
        }

        var passed = time.GetElapsedTime(anchor.Timestamp);
        reading = anchor.After(passed);
        return passed <= Longest && (time.GetUtcNow() - anchor.Wall - passed).Duration() <= Jump;
    }

    /// <summary>Takes in the Date of an answer.</summary>
    /// <param name="date">Whole seconds.</param>
    /// <param name="sent">The monotonic clock before the request was sent.</param>
    public void Observe(DateTimeOffset date, long sent)
    {
        lock (_lock)
        {
            var received = time.GetTimestamp();
            var seen = new ClockReading(date - Tolerance, date + TimeSpan.FromSeconds(1) + time.GetElapsedTime(sent, received) + Tolerance);
            if (TryRead(out var known))
            {
                var earliest = known.Earliest > seen.Earliest ? known.Earliest : seen.Earliest;
                var latest = known.Latest < seen.Latest ? known.Latest : seen.Latest;
                // Where they contradict each other, the newer one is right.
                if (earliest <= latest) seen = new ClockReading(earliest, latest);
            }

            Volatile.Write(ref _anchor, new Anchor(received, time.GetUtcNow(), seen));
        }
    }

    /// <summary>Takes in that a window has begun: an instance that was certain of it has said so.</summary>
    public void AtLeast(long unixSeconds)
    {
        if (unixSeconds <= 0) return;
        var begun = DateTimeOffset.FromUnixTimeSeconds(unixSeconds);
        lock (_lock)
        {
            if (!TryRead(out var known) || known.Earliest >= begun) return;
            var latest = known.Latest >= begun ? known.Latest : begun + TimeSpan.FromSeconds(1);
            Volatile.Write(ref _anchor, new Anchor(time.GetTimestamp(), time.GetUtcNow(), new ClockReading(begun, latest)));
        }
    }

    private sealed record Anchor(long Timestamp, DateTimeOffset Wall, ClockReading Reading)
    {
        public ClockReading After(TimeSpan passed)
        {
            var drift = TimeSpan.FromTicks(passed.Ticks * DriftPerMillion / 1_000_000);
            return new ClockReading(Reading.Earliest + passed - drift, Reading.Latest + passed + drift);
        }
    }
}
