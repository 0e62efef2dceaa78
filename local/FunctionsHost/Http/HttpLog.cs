using Yarp.ReverseProxy.Forwarder;

namespace Serverless.FunctionsHost.Http;

internal static partial class HttpLog
{
    [LoggerMessage(11, LogLevel.Warning, "{Function}: the worker ended during the request")]
    public static partial void WorkerGone(this ILogger logger, string function);

    [LoggerMessage(12, LogLevel.Warning, "{Function} failed (forwarding: {Error})")]
    public static partial void FunctionFailed(this ILogger logger, string function, ForwarderError error);
}
