namespace Serverless.Functions.Clients;

/// <summary>All clients, in one blob (<c>config/clients.json</c>): authentication then costs one read per cache period, whatever keys are tried.</summary>
public sealed record ClientList
{
    public const int MaxClients = 5000;

    public long Revision { get; init; }

    /// <summary>Who wrote this state; tells a writer that its write went through although the answer was lost.</summary>
    public string WriteId { get; init; } = "";

    public IReadOnlyDictionary<string, ClientRecord> Clients { get; init; } = new Dictionary<string, ClientRecord>();

    public override string ToString() => $"[{Clients.Count} clients]";
}
