using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable.Replay;

/// <summary>One snapshot of an instance: where it stands, its history and what is in its inbox.</summary>
internal sealed record StepInput(InstanceRow Instance, IReadOnlyList<HistoryEvent> History, IReadOnlyList<InboxMessage> Inbox)
{
    /// <summary>Reads it; null when there is no such instance.</summary>
    public static StepInput? Load(Statements sql, string instanceId)
    {
        if (InstanceTable.Find(sql, instanceId, payloads: true) is not { } instance) return null;
        return new(instance, HistoryTable.Read(sql, instanceId), InboxTable.Read(sql, instanceId));
    }
}
