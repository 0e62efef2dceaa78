using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;

namespace Serverless.Local.SignalR;

/// <summary>
/// SignalR's JSON protocol, but for a client's invocations: those all become a call of a method that there is not, whatever their name and arguments,
/// and that method's name is the reason. A method of the hub that throws would say the same and log a stack for each call.
/// </summary>
internal sealed partial class ServerToClientProtocol(IOptions<JsonHubProtocolOptions> options, ILogger<ServerToClientProtocol> logger) : IHubProtocol
{
    private readonly JsonHubProtocol _json = new(options);

    public string Name => _json.Name;

    public int Version => _json.Version;

    public TransferFormat TransferFormat => _json.TransferFormat;

    public bool IsVersionSupported(int version) => _json.IsVersionSupported(version);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => _json.GetMessageBytes(message);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => _json.WriteMessage(message, output);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        if (!_json.TryParseMessage(ref input, binder, out message))
            return false;
        message = message switch
        {
            InvocationBindingFailureMessage unknown => Refused(unknown.InvocationId),
            InvocationMessage or StreamInvocationMessage => Refused(((HubInvocationMessage)message).InvocationId),
            _ => message,
        };
        return true;
    }

    private InvocationMessage Refused(string? invocationId)
    {
        LogRefused();
        return new InvocationMessage(invocationId, ServerlessHub.Refusal, []);
    }

    [LoggerMessage(EventId = 7401, Level = LogLevel.Information, Message = "A client's invocation was refused: the service is in serverless mode.")]
    private partial void LogRefused();
}
