using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Ingestion.State;

/// <summary>The error of a blob of ingestion's state that is there and holds no value of its kind.</summary>
internal static class DamagedState
{
    public const string Code = "state_damaged";

    /// <param name="blob">Container and name.</param>
    public static GatewayException Of(string blob) => new(
        StatusCodes.Status500InternalServerError,
        new ErrorDetail(Code, $"The blob '{blob}' is damaged: it holds no JSON of its kind. Put back an earlier version of it, or make what it held again (docs: When state is damaged).", "server_error"));

    public static bool Is(Exception failure) => failure is GatewayException { Error.Code: Code };
}
