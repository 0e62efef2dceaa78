namespace Serverless.Local.SignalR;

/// <summary>A request that the SignalR Service refuses. The message never contains what was sent.</summary>
internal sealed class SignalRException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public static SignalRException BadRequest(string message) => new(400, "Invalid.Request", message);
}
