namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>A transfer cannot go on, and trying again would not help. The message names what is at fault and holds no content.</summary>
public sealed class TransferRefusedException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
