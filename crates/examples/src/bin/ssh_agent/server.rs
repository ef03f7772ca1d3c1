//! Connections: a thread for each, as they are few and mostly silent.

use std::{
    error::Error,
    io,
    os::unix::net::{UnixListener, UnixStream},
    sync::Arc,
    thread,
};

use crate::agent::{Agent, Failure};
use crate::wire::{Answer, Request, receive};

pub(crate) fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let [socket] = args else { return Err("ssh_agent SOCKET".into()) };
    let agent = Arc::new(Agent::new()?);
    for stream in UnixListener::bind(socket)?.incoming() {
        let (agent, stream) = (Arc::clone(&agent), stream?);
        thread::spawn(move || {
            if let Err(error) = talk(&agent, stream) {
                eprintln!("ssh_agent: a connection ended: {error}");
            }
        });
    }
    Ok(())
}

fn talk(agent: &Agent, mut stream: UnixStream) -> io::Result<()> {
    while let Some(mut message) = receive(&mut stream)? {
        let answer = match Request::parse(&mut message).map(|request| answer(agent, request)) {
            Some(Ok(answer)) => answer,
            Some(Err(failure)) => {
                eprintln!("ssh_agent: {failure}"); // the protocol has no words for it
                Answer::Failure
            }
            None => Answer::Failure,
        };
        answer.send(&mut stream)?;
    }
    Ok(())
}

fn answer(agent: &Agent, request: Request<'_>) -> Result<Answer, Failure> {
    match request {
        Request::List => return Ok(Answer::Keys(agent.list())),
        Request::Sign { key, data } => return Ok(Answer::Signature(agent.sign(key, data)?)),
        Request::Add { public, seed, comment } => agent.add(public, seed, comment)?,
        Request::Remove { key } => agent.remove(key)?,
        Request::RemoveAll => agent.remove_all()?,
        Request::Lock { passphrase } => agent.lock(passphrase)?,
        Request::Unlock { passphrase } => agent.unlock(passphrase)?,
    }
    Ok(Answer::Success)
}
