using Serverless.FunctionsHost.Protocol;

namespace Serverless.FunctionsHost.Worker;

/// <summary>A function failed. The Durable extension reads type and message of the failure out of this text, whose form is Azure's host's.</summary>
internal sealed class InvocationFailedException(StatusResult result)
    : Exception($"Result: {result.Status}\nException: {result.Exception?.Message}\nStack: {result.Exception?.StackTrace}");
