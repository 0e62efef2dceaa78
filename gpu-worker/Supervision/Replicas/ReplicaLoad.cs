namespace Serverless.GpuWorker.Supervision.Replicas;

/// <summary>What a replica holds, as its parent knows.</summary>
internal sealed class ReplicaLoad
{
    public Dictionary<long, RemoteCall> Calls { get; } = [];

    /// <summary>What was cancelled and is not known to be out yet: it may still be in a step.</summary>
    public HashSet<long> Leaving { get; } = [];

    public bool IsUp { get; set; }

    /// <summary>Its queue was full, and nothing has left it since.</summary>
    public bool IsFull { get; set; }

    /// <summary>Tokens of prompts and answers, queued and running.</summary>
    public long Tokens => Calls.Values.Sum(call => (long)call.Length);
}
