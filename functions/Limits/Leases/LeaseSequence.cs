namespace Serverless.Functions.Limits.Leases;

/// <summary>Numbers the writes of an instance: none is given twice while the process lives. Thread-safe.</summary>
internal sealed class LeaseSequence
{
    private long _last;

    public long Next() => Interlocked.Increment(ref _last);
}
