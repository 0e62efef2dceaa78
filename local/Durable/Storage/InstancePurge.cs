namespace Serverless.Local.Durable.Storage;

/// <summary>Forgets finished instances.</summary>
internal static class InstancePurge
{
    /// <summary>Purges a finished instance and, if asked, its finished sub-orchestrations; returns how many went. A live one stays: 0.</summary>
    public static int Purge(UnitOfWork unit, string instanceId, bool recursive)
    {
        if (InstanceTable.Find(unit.Sql, instanceId, payloads: false) is not { IsFinished: true }) return 0;
        InstanceCreation.Remove(unit, instanceId);
        return 1 + (recursive ? InstanceTable.Children(unit.Sql, instanceId).Sum(child => Purge(unit, child.InstanceId, recursive)) : 0);
    }
}
