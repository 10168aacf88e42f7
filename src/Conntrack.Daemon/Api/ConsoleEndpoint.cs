using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Conntrack.Control.Router;
using Conntrack.Control.Settings;
using Conntrack.RouterOs.Console;
using Conntrack.RouterOs.Console.Completion;
using Conntrack.V1;
using Grpc.Core;

namespace Conntrack.Daemon.Api;

/// <summary><c>conntrack.v1.ConsoleService</c>: RouterOS commands, carried out on a running router.</summary>
sealed class ConsoleEndpoint(RunningRouter router) : ConsoleService.ConsoleServiceBase
{
    /// <summary>What somebody types; reading it takes time in proportion.</summary>
    const int LongestText = 64 * 1024;

    // The default encoder escapes for HTML; a terminal shows the letters of a name.
    static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override Task<ExecuteResponse> Execute(ExecuteRequest request, ServerCallContext context)
    {
        try
        {
            ConsoleReply reply = ConsoleCommand.Execute(router, new ConsoleRequest(request.Command) { Menu = request.Menu });
            return Task.FromResult(new ExecuteResponse
            {
                Output = request.Json ? Json(reply) : Text(reply, request.Width),
                Ok = reply.Ok,
                Menu = reply.Menu,
                Diagnostics = { reply.Findings.Select(ConfigEndpoint.Of) },
                RepeatMilliseconds = (uint)Math.Min(reply.Repetition?.Interval.TotalMilliseconds ?? 0, uint.MaxValue),
            });
        }
        catch (ChangeRefusedException refused)
        {
            return Task.FromResult(new ExecuteResponse { Output = refused.Message + "\n", Menu = request.Menu });
        }
    }

    public override async Task Follow(FollowRequest request, IServerStreamWriter<FollowResponse> responseStream, ServerCallContext context)
    {
        HashSet<string>? seen = null;
        bool first = true;
        while (true)
        {
            ConsoleReply reply;
            try
            {
                reply = ConsoleCommand.Show(router, new ConsoleRequest(request.Command) { Menu = request.Menu, Seen = seen });
            }
            catch (ChangeRefusedException refused)
            {
                await responseStream.WriteAsync(new FollowResponse { Output = refused.Message + "\n" });
                return;
            }

            PrintFollow follow = reply.Repetition?.Follow ?? PrintFollow.No;
            if (follow != PrintFollow.No && seen is null)
            {
                // Only now it is known that there is something to remember: what is there already counts as seen from here on.
                seen = [];
                reply = ConsoleCommand.Show(router, new ConsoleRequest(request.Command) { Menu = request.Menu, Seen = seen });
                reply = follow == PrintFollow.New ? reply with { Outputs = [] } : reply;
            }

            string output = request.Json ? Json(reply) + "\n" : Text(reply, request.Width);
            bool empty = request.Json ? output is "null\n" or "[]\n" : output.Length == 0;
            if (follow == PrintFollow.No || !empty)
            {
                await responseStream.WriteAsync(new FollowResponse
                {
                    Output = follow == PrintFollow.No || first || request.Json ? output : WithoutHeader(output),
                    Ok = reply.Ok,
                    Replaces = follow == PrintFollow.No,
                });
                first = false;
            }

            if (!reply.Ok || reply.Repetition is not { } repetition)
            {
                return;
            }

            await Task.Delay(repetition.Interval, context.CancellationToken);
        }
    }

    public override Task<CompleteResponse> Complete(CompleteRequest request, ServerCallContext context)
    {
        if (request.Text.Length > LongestText)
        {
            return Task.FromResult(new CompleteResponse());
        }

        ConsoleCompletion completion = ConsoleCommand.Complete(
            router, request.Text, (int)Math.Min(request.Cursor, (uint)request.Text.Length), request.Menu);
        return Task.FromResult(new CompleteResponse
        {
            Start = (uint)completion.Start,
            Length = (uint)completion.Length,
            Expected = completion.Expected,
            Candidates =
            {
                completion.Candidates.Select(static candidate => new Candidate
                {
                    Text = candidate.Text, Kind = KindOf(candidate.Kind), Description = candidate.Description,
                }),
            },
        });
    }

    static string KindOf(CandidateKind kind) => kind switch
    {
        CandidateKind.Menu => "menu",
        CandidateKind.Command => "command",
        CandidateKind.Property => "property",
        CandidateKind.Value => "value",
        CandidateKind.Name => "name",
        CandidateKind.Variable => "variable",
        _ => "keyword",
    };

    /// <summary>Rows that come later belong under the legend and titles that are there.</summary>
    static string WithoutHeader(string output)
    {
        string[] lines = output.Split('\n');
        int columns = Array.FindIndex(lines, static line => line.StartsWith("Columns: ", StringComparison.Ordinal));
        int flags = Array.FindIndex(lines, static line => line.StartsWith("Flags: ", StringComparison.Ordinal));
        int skipped = columns >= 0 ? columns + 2 : flags >= 0 ? flags + 1 : 0;
        return string.Join('\n', lines.Skip(skipped));
    }

    static string Text(ConsoleReply reply, uint width)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        reply.Write(text, width is 0 or > int.MaxValue ? null : (int)width);
        return text.ToString();
    }

    static string Json(ConsoleReply reply)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_json))
        {
            reply.WriteJson(json);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
