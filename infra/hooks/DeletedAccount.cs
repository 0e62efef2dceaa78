namespace Serverless.Infra.Hooks;

/// <summary>A resource of Azure AI services whose name Azure keeps for 48 hours after it was deleted.</summary>
public sealed record DeletedAccount(string Name, string ResourceGroup);
