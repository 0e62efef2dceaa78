namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>The host dies here. Nothing that it did not record is known when it comes back.</summary>
internal sealed class HostKilledException : Exception;
