namespace Serverless.GpuWorker.Api.Clients;

/// <summary>The limits that a client may meet.</summary>
internal enum ClientLimit
{
    Concurrency,
    RequestsPerMinute,
}
