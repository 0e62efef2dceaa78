using Azure;

namespace Serverless.Functions.Hosting;

/// <summary>What may be said of a failure whose own words may quote names or content: a service's status and code, or the kind of exception.</summary>
internal static class ServiceFailure
{
    public static string Describe(Exception failure) => failure is RequestFailedException request
        ? $"a service answered with status {request.Status} ({request.ErrorCode ?? "no code"})."
        : $"{failure.GetType().Name}.";
}
