namespace Serverless.Local.Durable.Storage;

/// <summary>An activity call that is still to be done.</summary>
internal sealed record ActivityRow(long Id, string InstanceId, string ExecutionId, int TaskId, string Name, string? Input)
{
    public override string ToString() => $"{Name} #{TaskId} of {InstanceId} [{Input?.Length ?? 0} chars]";
}
