namespace Serverless.Functions.Auditing;

/// <summary>What a function says of the change that it made.</summary>
internal sealed record AuditDetail(string Subject, object? Before, object? After)
{
    public override string ToString() => Subject;
}
