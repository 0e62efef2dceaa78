namespace Serverless.Functions.Auditing;

/// <summary>How a change ended.</summary>
public static class AuditOutcome
{
    /// <summary>Nobody has said how, as after a crash.</summary>
    public const string Begun = "begun";

    public const string Done = "done";

    /// <summary>Nothing was changed.</summary>
    public const string Refused = "refused";

    /// <summary>Something may have been changed.</summary>
    public const string Failed = "failed";
}
