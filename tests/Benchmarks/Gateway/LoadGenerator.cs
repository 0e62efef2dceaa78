using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Serverless.Benchmarks.Gateway;

/// <summary>
/// Sends one request over and over on several connections, each with a thread and a socket of its own and next to no work of ours in between, so that what
/// is measured is the server.
/// </summary>
/// <param name="port">On this machine.</param>
/// <param name="key">Sent as bearer; null for none.</param>
/// <param name="body">JSON.</param>
internal sealed class LoadGenerator(int port, string? key, string body)
{
    public const int Connections = 16;

    private readonly byte[] _request = Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{(key is null ? "" : $"Authorization: Bearer {key}\r\n")}Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));

    /// <param name="rate">Requests a second of all connections together; null for as many as go.</param>
    /// <param name="lead">A beginning that is not counted but for its slowest request: what a server does again that has had nothing to do for a while.</param>
    public LoadResult Run(TimeSpan duration, double? rate, TimeSpan lead = default)
    {
        var results = new LoadResult[Connections];
        var started = Stopwatch.GetTimestamp();
        var threads = Enumerable.Range(0, Connections).Select(i => new Thread(() => results[i] = RunConnection(i, started, duration, rate, lead))).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return LoadResult.Together(results, Stopwatch.GetElapsedTime(started));
    }

    private LoadResult RunConnection(int index, long started, TimeSpan duration, double? rate, TimeSpan lead)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000 };
        socket.Connect(IPAddress.Loopback, port);
        // Room for all, so that no collection of this process's falls into what is measured.
        var room = (int)((rate ?? 60_000) * duration.TotalSeconds / Connections) + 16;
        var (whole, first, slowest) = (new List<double>(room), new List<double>(room), 0.0);
        var buffer = new byte[256 * 1024];
        var interval = rate is { } r ? Connections / r : 0;
        for (var i = 0; Stopwatch.GetElapsedTime(started) < duration; i++)
        {
            var sent = Stopwatch.GetTimestamp();
            if (rate is not null)
            {
                // Each connection keeps its own pace; one that has fallen behind counts from when it should have sent.
                var due = started + (long)((i + ((double)index / Connections)) * interval * Stopwatch.Frequency);
                var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
                if (wait > TimeSpan.Zero) Thread.Sleep(wait);
                sent = wait > TimeSpan.Zero ? Stopwatch.GetTimestamp() : due;
            }

            socket.Send(_request);
            var firstByte = Read(socket, buffer, sent);
            var took = Stopwatch.GetElapsedTime(sent).TotalMicroseconds;
            if (Stopwatch.GetElapsedTime(started, sent) < lead)
            {
                slowest = Math.Max(slowest, took);
                continue;
            }

            first.Add(firstByte);
            whole.Add(took);
        }

        return new LoadResult(whole, first, slowest, 0);
    }

    /// <summary>Reads one response to its end; microseconds until the first byte of its body.</summary>
    private static double Read(Socket socket, byte[] buffer, long sent)
    {
        var (length, head, end, first) = (0, -1, -1, 0.0);
        while (true)
        {
            var read = socket.Receive(buffer, length, buffer.Length - length, SocketFlags.None);
            if (read == 0) throw new InvalidOperationException("The server closed the connection.");
            length += read;
            var all = buffer.AsSpan(0, length);
            if (head < 0)
            {
                var at = all.IndexOf("\r\n\r\n"u8);
                if (at < 0) continue;
                head = at + 4;
                if (!all.StartsWith("HTTP/1.1 200"u8)) throw new InvalidOperationException(Encoding.UTF8.GetString(all));
                end = ContentLength(all[..head]) is { } size ? head + size : -1;
            }

            if (first == 0 && length > head) first = Stopwatch.GetElapsedTime(sent).TotalMicroseconds;
            if (end >= 0 ? length >= end : all[head..].EndsWith("0\r\n\r\n"u8)) return first;
        }
    }

    private static int? ContentLength(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("Content-Length: "u8);
        return at >= 0 && System.Buffers.Text.Utf8Parser.TryParse(head[(at + 16)..], out int size, out _) ? size : null;
    }
}
