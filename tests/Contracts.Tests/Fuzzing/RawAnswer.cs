using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Serverless.Contracts.Tests.Fuzzing;

/// <summary>What came back over a socket. <see cref="Status"/> is 0 where the connection was closed without an answer.</summary>
public sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>Sends <paramref name="request"/> over a connection of its own and reads until the server closes it.</summary>
    public static async Task<RawAnswer> OfAsync(Uri server, FuzzedRequest request)
    {
        using var client = new TcpClient();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await client.ConnectAsync(server.Host, server.Port, deadline.Token);
        var stream = client.GetStream();
        using var received = new MemoryStream();
        try
        {
            await stream.WriteAsync(request.ToBytes(), deadline.Token);
            await stream.CopyToAsync(received, deadline.Token);
        }
        catch (IOException)
        {
            // A server may answer and close before it has read all of a body.
        }

        return Parse(received.ToArray());
    }

    private static RawAnswer Parse(byte[] bytes)
    {
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0) return new RawAnswer(0, new Dictionary<string, string>(), "");
        var lines = Encoding.Latin1.GetString(bytes, 0, end).Split("\r\n");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines[1..]) headers[line[..line.IndexOf(':', StringComparison.Ordinal)]] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        var body = bytes.AsSpan(end + 4);
        var text = headers.GetValueOrDefault("Transfer-Encoding") == "chunked" ? Unchunk(body) : Encoding.UTF8.GetString(body);
        return new RawAnswer(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, text);
    }

    private static string Unchunk(ReadOnlySpan<byte> body)
    {
        var whole = new List<byte>();
        while (body.IndexOf("\r\n"u8) is > 0 and var line && int.TryParse(body[..line], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var size) && size > 0 && line + 2 + size <= body.Length)
        {
            whole.AddRange(body.Slice(line + 2, size));
            body = body[Math.Min(line + size + 4, body.Length)..];
        }

        return Encoding.UTF8.GetString([.. whole]);
    }
}
